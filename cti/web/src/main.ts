// Wiring of the page: styles, preferences, the application.

import { mount } from 'svelte';
import './style.css';
import './records.css';
import App from './view/App.svelte';
import { ui } from './view/ui.svelte';

ui.begin();
const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target });
